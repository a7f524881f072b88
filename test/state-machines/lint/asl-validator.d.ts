/** The package brings no types. */
declare module 'asl-validator' {
  interface Validation {
    isValid: boolean;
    errorsText: (separator?: string) => string;
  }
  const aslValidator: (definition: object) => Validation;
  export = aslValidator;
}
