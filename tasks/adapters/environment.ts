/** A setting of the function's environment. Missing ones are an error of the deployment, found at the first call. */
export function environment(name: string): string {
  const value = process.env[name];
  if (!value)
    throw new Error(
      `The environment variable ${name} is not set; the deployment sets it for every function.`,
    );
  return value;
}
