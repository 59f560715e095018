// Parts that take seconds are loaded when the reader comes near, one after the other.
// Without this file each is a link to a page of its own.
"use strict";

let turn = Promise.resolve();

async function load(section, address) {
  const inside = section.querySelector(".inside");
  const before = inside.cloneNode(true);
  section.setAttribute("aria-busy", "true");
  inside.textContent = "Being worked out…";
  try {
    const answer = await fetch(address, { headers: { Accept: "text/html" } });
    if (!answer.ok) throw new Error(answer.status);
    inside.innerHTML = await answer.text();
  } catch {
    inside.replaceWith(before);
    const note = document.createElement("p");
    note.className = "note";
    note.textContent = "This could not be loaded just now.";
    before.append(note);
  } finally {
    section.removeAttribute("aria-busy");
  }
}

function later(section) {
  const address = section.dataset.load;
  turn = turn.then(() => load(section, address));
}

const near = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) {
        near.unobserve(entry.target);
        later(entry.target);
      }
    }
  },
  { rootMargin: "400px" },
);

for (const section of document.querySelectorAll("[data-load]")) near.observe(section);

document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-part]");
  const section = link && link.closest("[data-load]");
  if (!section || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  const wanted = link.dataset.part;
  await load(section, wanted);
  // The link that was clicked is gone: put the keyboard where it was.
  const same = [...section.querySelectorAll("a[data-part]")].find((a) => a.dataset.part === wanted);
  if (same) same.focus();
});
