export interface BundleSource {
  /** An entry file other than the product's own. */
  readonly workflowsPath?: string;
  /** Another module that exports `failureConverter` than the product's, which encrypts messages. */
  readonly failureConverterPath?: string;
}

/** The workflows' code for Temporal's sandbox, bundled from the sources. Throws when it imports what would make a replay differ. */
export const bundleWorkflows: (options?: BundleSource) => Promise<string>;

/** Writes it to a file, whole or not at all; answers its length in characters. */
export const writeWorkflowBundle: (file: string, options?: BundleSource) => Promise<number>;
