/** One IAM statement that allows something, before it is tied to a role. */
export interface Grant {
  readonly actions: readonly string[];
  /** ARNs, or `*` where the service knows no narrower resource for the action. */
  readonly resources: readonly string[];
  readonly conditions?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
  /** Why a resource holds a `*`; without it such a grant is a finding that fails synthesis. */
  readonly wildcard?: string;
}
