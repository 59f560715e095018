"""`python -m serving.cli` is `klout`."""

from serving.cli.app import main

if __name__ == "__main__":
    main()
