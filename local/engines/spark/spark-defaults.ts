import { delimiter } from 'node:path';

/** What the Spark programs of this machine are told beyond their arguments, as a cluster's own defaults would. */
export interface SparkDefaults {
  /** The Iceberg and S3A jars, by path. */
  jars: readonly string[];
  /** Of ready-made classes (AppCDS); a Java that cannot use it goes without. */
  classArchive: string;
  /** The AWS emulator: S3 and the Glue Data Catalog. */
  awsEndpoint: string;
  region: string;
  cores: number;
  driverMemoryMiB: number;
}

/** The text of spark-defaults.conf. Whatever a program passes by `--conf` wins over it. */
export function sparkDefaults(settings: SparkDefaults): string {
  const { jars, classArchive, awsEndpoint, region, cores, driverMemoryMiB } = settings;
  const properties = {
    'spark.master': `local[${cores}]`,
    'spark.driver.memory': `${driverMemoryMiB}m`,
    // Small jobs end before the optimising compiler has paid for itself.
    'spark.driver.extraJavaOptions': `-XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:SharedArchiveFile=${classArchive}`,
    'spark.driver.host': '127.0.0.1',
    'spark.driver.bindAddress': '127.0.0.1',
    'spark.ui.enabled': 'false',
    'spark.ui.showConsoleProgress': 'false',
    'spark.sql.shuffle.partitions': String(cores),
    // On the class path from the start: spark-submit itself fetches the job and its py-files through S3A.
    'spark.driver.extraClassPath': jars.join(delimiter),
    'spark.hadoop.fs.s3.impl': 'org.apache.hadoop.fs.s3a.S3AFileSystem',
    'spark.hadoop.fs.AbstractFileSystem.s3.impl': 'org.apache.hadoop.fs.s3a.S3A',
    'spark.hadoop.fs.s3a.endpoint': awsEndpoint,
    'spark.hadoop.fs.s3a.endpoint.region': region,
    'spark.hadoop.fs.s3a.path.style.access': 'true',
    'spark.hadoop.fs.s3a.connection.ssl.enabled': 'false',
    'spark.hadoop.fs.s3a.aws.credentials.provider':
      'software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider',
    'spark.sql.catalog.lake.client.region': region,
    'spark.sql.catalog.lake.glue.endpoint': awsEndpoint,
    'spark.sql.catalog.lake.s3.endpoint': awsEndpoint,
    'spark.sql.catalog.lake.s3.path-style-access': 'true',
  };
  return Object.entries(properties)
    .map(([key, value]) => `${key} ${value}\n`)
    .join('');
}
