"""The report as one HTML file: opens by double click, fetches nothing, runs nothing but its own script."""
