import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { type Contract, contractSchema } from '../../tasks/core/contract.ts';
import { deployedContractKey } from '../../tasks/core/folders/folders.ts';
import { names } from '../stack/names.ts';

type Engine = Contract['engine'];

/** Deployed contracts of which some get another engine for a while. */
export class DeployedContracts {
  readonly #s3: S3Client;
  readonly #folder: string;
  readonly #changed = new Map<string, Contract>();

  /** @param folder holds the compiled contracts, `<dataset>/contract.json`. */
  constructor(s3: S3Client, folder: string) {
    this.#s3 = s3;
    this.#folder = folder;
  }

  /** Deploys the dataset's contract with that engine. @returns it, with the engine that is its own. */
  async deploy(dataset: string, engine: Engine): Promise<Contract & { own: Engine }> {
    const file = join(this.#folder, dataset, 'contract.json');
    const contract = contractSchema.parse(JSON.parse(readFileSync(file, 'utf8')));
    if (engine !== contract.engine) this.#changed.set(dataset, contract);
    await this.#put({ ...contract, engine });
    return { ...contract, engine, own: contract.engine };
  }

  /** Deploys every contract that got another engine as it is. */
  async putBack(): Promise<void> {
    await Promise.all([...this.#changed.values()].map((contract) => this.#put(contract)));
  }

  /** Where the functions look for it. */
  async #put(contract: Contract): Promise<void> {
    await this.#s3.send(
      new PutObjectCommand({
        Bucket: names.artifactsBucket,
        Key: deployedContractKey(contract.dataset),
        Body: JSON.stringify(contract),
      }),
    );
  }
}
