"""What Lightning asks for a process's place, instead of looking at variables itself."""

from pytorch_lightning.plugins.environments import (
    ClusterEnvironment,
    LightningEnvironment,
    SLURMEnvironment,
    TorchElasticEnvironment,
)

from playfair.steps.place import Place


def environment_of(here: Place) -> ClusterEnvironment:
    """The one that fits a place; Lightning starts no process in any of them."""
    if here.starter == "torchrun":
        return TorchElasticEnvironment()
    return OneNode(here) if here.one_node else SeveralNodes(here)


class OneNode(LightningEnvironment):
    """A process that is alone, or one of the ranks of this node.

    Args:
        here: its place.
    """

    def __init__(self, here: Place) -> None:
        super().__init__()
        self.here = here

    @property
    def creates_processes_externally(self) -> bool:
        return True

    def local_rank(self) -> int:
        return self.here.local_rank

    def node_rank(self) -> int:
        return 0


class SeveralNodes(SLURMEnvironment):
    """A task of srun on several nodes; who takes a job back into the queue is our affair.

    Args:
        here: its place.
    """

    def __init__(self, here: Place) -> None:
        super().__init__(auto_requeue=False)
        self.here = here

    def world_size(self) -> int:
        return self.here.n_ranks

    def validate_settings(self, num_devices: int, num_nodes: int) -> None:
        """Nothing: it is looked at where the ranks meet."""

    @staticmethod
    def _validate_srun_variables() -> None:
        """Nothing: it refuses `srun -n` without `--ntasks-per-node`."""
