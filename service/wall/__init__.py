"""The wall (可视化中心): a community's day on a large screen, in sums that name nobody."""
