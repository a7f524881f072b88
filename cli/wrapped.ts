const WIDTH = 100;

/** Text in lines of up to 100 columns; its own line ends stay, and words that are longer are not cut. */
export function wrapped(text: string): string {
  return text
    .split('\n')
    .map((line) => line.replace(new RegExp(`(?=.{${WIDTH + 1}})(.{1,${WIDTH}}|\\S+) +`, 'g'), '$1\n'))
    .join('\n');
}
