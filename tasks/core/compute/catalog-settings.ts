/** Spark's settings for the catalog `lake`: Iceberg tables that Glue's Data Catalog knows, in the lake bucket. */
export const catalogSettings = (lakeBucket: string): Record<string, string> => ({
  'spark.sql.extensions': 'org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions',
  'spark.sql.catalog.lake': 'org.apache.iceberg.spark.SparkCatalog',
  'spark.sql.catalog.lake.type': 'glue',
  'spark.sql.catalog.lake.io-impl': 'org.apache.iceberg.aws.s3.S3FileIO',
  'spark.sql.catalog.lake.warehouse': `s3://${lakeBucket}/warehouse`,
});
