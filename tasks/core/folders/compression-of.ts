/** What a file is compressed by, by its name. */
export const compressionOf = (key: string): 'gzip' | 'none' => (/\.gz$/i.test(key) ? 'gzip' : 'none');
