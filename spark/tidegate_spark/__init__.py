"""The job that brings a run's uploads into the dataset's Iceberg table and writes the change set for BigQuery."""
