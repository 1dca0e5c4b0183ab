"""embed.py HEADER NAME FILE: prints the file as the text NAME that HEADER declares, so that the program carries it."""

import sys
from pathlib import Path

header, name, file = sys.argv[1:]
numbers = ", ".join(map(str, Path(file).read_bytes()))
print(f'/* Made of {Path(file).name}. */\n#include "{header}"\n\nconst char {name}[] = {{{numbers}, 0}};')
