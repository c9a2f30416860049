"""All planted bugs."""

from typing import Final

from tests.planted.audit_bugs import AUDIT
from tests.planted.core_bugs import CORE

BUGS: Final = (*CORE, *AUDIT)
