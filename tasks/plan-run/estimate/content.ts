import type { FileEstimate } from './file-estimate.ts';
import type { RecordScanner } from './record-scanner.ts';

type Content = Pick<FileEstimate, 'columns' | 'rowSpread' | 'quotedShare' | 'multiLineShare'>;

/** What the records are like that were seen, at the file's head first. */
export function contentOf(scanners: readonly [RecordScanner, ...RecordScanner[]]): Content {
  const sum = (of: (scanner: RecordScanner) => number): number =>
    scanners.reduce((total, scanner) => total + of(scanner), 0);
  const share = (part: number, whole: number): number => part / Math.max(1, whole);
  const whole = sum(({ wholeRecords }) => wholeRecords);
  const meanWidth = share(
    sum(({ widthSum }) => widthSum),
    whole,
  );
  const meanSquare = share(
    sum(({ squaredWidthSum }) => squaredWidthSum),
    whole,
  );
  return {
    columns: scanners[0].columns,
    rowSpread: meanWidth > 0 ? Math.sqrt(Math.max(0, meanSquare - meanWidth ** 2)) / meanWidth : 0,
    quotedShare: share(
      sum(({ quotedBytes }) => quotedBytes),
      sum(({ bytes }) => bytes),
    ),
    multiLineShare: share(
      sum(({ multiLineRecords }) => multiLineRecords),
      sum(({ records }) => records),
    ),
  };
}
