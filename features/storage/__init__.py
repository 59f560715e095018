"""Files and folders on a disk or on S3: paths, objects, atomic writes, locks that run out."""
