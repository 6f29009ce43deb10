"""What operations share: declared routes, lists in pages, windows of statistics, plain resources."""
