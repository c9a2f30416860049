"""All planted bugs."""

from typing import Final

from tests.mutants.audit_bugs import AUDIT
from tests.mutants.core_bugs import CORE
from tests.mutants.failover_bugs import FAILOVER
from tests.mutants.hostile_bugs import HOSTILE
from tests.mutants.killed_bugs import KILLED
from tests.mutants.race_bugs import RACES
from tests.mutants.security_bugs import SECURITY
from tests.mutants.server_bugs import SERVERS
from tests.mutants.simulation_bugs import SIMULATION
from tests.mutants.stopping_bugs import STOPPING
from tests.mutants.trouble_bugs import TROUBLE

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
