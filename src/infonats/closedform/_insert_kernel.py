"""The list of the nearest rows so far, compiled into both searches that keep one."""

from infonats.closedform._compile import compiled


@compiled
def insert(apart, row, near, who):
    """Put a row among the nearest, the lower of equally far rows first."""
    q = len(near) - 1
    while q > 0 and (near[q - 1] > apart or (near[q - 1] == apart and who[q - 1] > row)):
        near[q], who[q] = near[q - 1], who[q - 1]
        q -= 1
    near[q], who[q] = apart, row
