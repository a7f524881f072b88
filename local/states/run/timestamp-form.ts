/** ISO 8601 extended date and time with an offset, as Java's parser on AWS's side takes it. */
export const timestampForm =
  /^\d{4,}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}([.]\d{1,9})?)?(Z|[+-]\d{2}:\d{2}(:\d{2})?)$/;
