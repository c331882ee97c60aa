"""A run that is asked to end does so at the end of a batch, and not as Lightning would.

Lightning answers SIGTERM by a SystemExit without a code, which is exit 0; in prediction by nothing at
all; among several ranks by a broadcast from within the handler, for which the other ranks do not
come; and within Slurm it takes SIGUSR1 for its own.
"""

from typing import Any

from pytorch_lightning import Callback

from playfair import signals


class StopsAtBatchEnd(Callback):
    """Looks at the end of each batch whether the process was asked to end.

    Example:
        with signals.deferred():
            Trainer(callbacks=[StopsAtBatchEnd()]).fit(module)
    """

    def on_train_start(self, *_: Any, **__: Any) -> None:
        signals.catch_again()

    def on_train_batch_end(self, *_: Any, **__: Any) -> None:
        signals.here()

    on_predict_start = on_validation_start = on_test_start = on_train_start
    on_predict_batch_end = on_validation_batch_end = on_test_batch_end = on_train_batch_end
