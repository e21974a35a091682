"""python -m vmaf: see vmaf/script/run_vmaf.py."""

import sys

from .script.run_vmaf import main

sys.exit(main())
