"""How the learning rate goes: up over the first steps, then down to nothing in a straight line."""

import torch


def up_and_down(optimizer: torch.optim.Optimizer, steps: int, warm_up: float) -> torch.optim.lr_scheduler.LRScheduler:
    """The schedule over so many steps, of which ``warm_up`` is the share in which the rate rises; 0..1."""
    rising = max(1, round(warm_up * steps))

    def factor(step: int) -> float:
        return min((step + 1) / rising, max(0.0, (steps - step) / max(1, steps - rising)))

    return torch.optim.lr_scheduler.LambdaLR(optimizer, factor)
