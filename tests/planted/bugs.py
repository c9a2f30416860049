"""All planted bugs."""

from typing import Final

from tests.planted.audit_bugs import AUDIT
from tests.planted.core_bugs import CORE
from tests.planted.failover_bugs import FAILOVER
from tests.planted.hostile_bugs import HOSTILE
from tests.planted.killed_bugs import KILLED
from tests.planted.race_bugs import RACES
from tests.planted.security_bugs import SECURITY
from tests.planted.server_bugs import SERVERS
from tests.planted.simulation_bugs import SIMULATION
from tests.planted.stopping_bugs import STOPPING
from tests.planted.trouble_bugs import TROUBLE

BUGS: Final = (
    *AUDIT,
    *CORE,
    *FAILOVER,
    *HOSTILE,
    *KILLED,
    *RACES,
    *SECURITY,
    *SERVERS,
    *SIMULATION,
    *STOPPING,
    *TROUBLE,
)
