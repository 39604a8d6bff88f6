"""What recorded calls and runs say: statistics, comparisons, trends, anomalies, what-if; all of it pure."""
