import example from '../../infra/settings.example.json' with { type: 'json' };
import { MOST_PRICES_BYTES } from '../../infra/settings.ts';
import { synthesise } from './synthesise.ts';

const LAMBDA_BYTES = 4096;
const long = (length: number): string => 'x'.repeat(length);
const named = (text: string): string =>
  text.replaceAll('example-project', long(30)).replaceAll('tidegate', long(30));

/** What CloudFormation puts in, at most: of names that it makes itself for a stack of 40 letters. */
const LONGEST: Readonly<Record<string, number>> = {
  'AWS::S3::Bucket': 63,
  'AWS::DynamoDB::Table': 40 + '-PipelineState12345678-1234567890123'.length,
  'AWS::SNS::Topic':
    'arn:aws:sns:ap-southeast-1:123456789012:-PipelineAlertsTopic12345678-1234567890123'.length + 40,
};
const PSEUDO = {
  'AWS::Partition': 'aws',
  'AWS::Region': 'ap-southeast-1',
  'AWS::AccountId': '123456789012',
} as const;

type Value = string | { Ref: string } | { 'Fn::Join': [string, Value[]] };

test("a function's 4 KB hold names as long as they may well be, and as many prices as the settings allow", () => {
  const template = synthesise({
    name: long(40),
    emrRelease: 'emr-spark-10.10.10',
    google: {
      projectId: long(30),
      dataset: long(40),
      stagingDataset: long(40),
      location: 'northamerica-northeast1',
      bucket: long(63),
      credentialConfig: JSON.parse(named(JSON.stringify(example.google.credentialConfig))),
    },
  });
  const bytes = (value: Value): number => {
    if (typeof value === 'string') return value.length;
    if ('Fn::Join' in value) return value['Fn::Join'][1].reduce((sum, part) => sum + bytes(part), 0);
    const { Type } = template.toJSON().Resources[value.Ref] ?? {};
    return LONGEST[Type] ?? PSEUDO[value.Ref as keyof typeof PSEUDO].length;
  };
  const sizes = Object.values(template.findResources('AWS::Lambda::Function')).map(({ Properties }) =>
    Object.entries<Value>(Properties.Environment?.Variables ?? {}).reduce(
      (sum, [name, value]) => sum + name.length + bytes(value),
      'TIDEGATE_PRICES'.length + MOST_PRICES_BYTES,
    ),
  );
  expect(Math.max(...sizes)).toBeLessThanOrEqual(LAMBDA_BYTES);
});
