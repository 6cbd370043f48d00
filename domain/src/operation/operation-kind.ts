/** The slug of each operation: file name, workflow type, route, test name, and prefix of the operation's id. */
export const OPERATION_KINDS = ['deploy-cluster', 'add-node', 'promote-node', 'remove-node', 'delete-cluster'] as const;

export type OperationKind = (typeof OPERATION_KINDS)[number];

export const isOperationKind = (text: string): text is OperationKind => OPERATION_KINDS.some((kind) => kind === text);
