/** The folder of datasets where none is given: the one that `make up` serves. */
export const datasetsFolder = (): string => process.env['TIDEGATE_DATASETS'] ?? 'datasets';
