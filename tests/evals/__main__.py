"""`python -m tests.evals`"""

import sys

from tests.evals.run import main

sys.exit(main())
