"""A point or run that fails is told once, by us.

Hydra writes "Error executing job with overrides: […]" whenever the outcome of a job that failed is
asked for, before it raises the error, which `launch/errors.py` answers.
"""

from typing import Any

from hydra.core.utils import JobReturn, JobStatus


def tell_failures_once() -> None:
    """From now on, Hydra raises what a job has raised, and writes nothing."""
    setter = vars(JobReturn)["return_value"].fset
    setattr(JobReturn, "return_value", property(_outcome, setter))  # noqa: B010


def _outcome(job: Any) -> Any:
    assert job.status != JobStatus.UNKNOWN, "the job has not ended"
    if job.status == JobStatus.COMPLETED:
        return job._return_value
    raise job._return_value
