"""What `doctor` says where swap cannot be limited, whichever isolation that is of."""

from harness.isolation.protocol import Finding


def unlimited_swap(what: str) -> Finding:
    """Return the warning; `what` says who cannot limit it."""
    return Finding(
        "warning",
        f"{what}: a stack that needs more memory than its share is slow, and not killed",
        "boot with the kernel's parameter swapaccount=1, or: sudo swapoff -a",
    )
