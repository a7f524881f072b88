/** Where the rows go, and how the functions prove there who they are. */
export interface GoogleTarget {
  /** Id of the project that holds the datasets and pays for the jobs. */
  readonly projectId: string;
  /** BigQuery dataset of the tables that people query. */
  readonly dataset: string;
  /** BigQuery dataset of the staging tables, which expire by themselves. */
  readonly stagingDataset: string;
  /** BigQuery location of both datasets, e.g. `EU` or `europe-west1`. */
  readonly location: string;
  /** Cloud Storage bucket that the change sets pass through, in the same location. */
  readonly bucket: string;
  /**
   * The credential configuration of workload identity federation (`"type": "external_account"`), as
   * `gcloud iam workload-identity-pools create-cred-config` writes it. It holds no secret.
   */
  readonly credentialConfig: Readonly<Record<string, unknown>>;
}
