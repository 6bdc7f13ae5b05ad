/** One field of a message: what it is called in JSON and how its bytes are read. */
export interface Field {
  readonly name: string;
  readonly type: 'string' | 'int' | 'bool' | 'bytes' | 'raw' | 'time' | 'quantity' | 'intOrString' | 'message';
  /** The type of a message; a function, for types name each other. */
  readonly of?: () => MessageType;
  readonly repeated?: boolean;
  /** A map from strings; the type is that of the values. */
  readonly map?: boolean;
  /** A pointer in Go: when it is there it means something, even if it is empty. */
  readonly isPointer?: boolean;
  /** An embedded structure, whose members stand in the outer object. */
  readonly inline?: boolean;
}

/** Fields by their numbers. */
export type MessageType = Readonly<Record<number, Field>>;

/** Words to write message types with. */

export const text = (name: string): Field => ({ name, type: 'string' });
export const texts = (name: string): Field => ({ name, type: 'string', repeated: true });
export const textMap = (name: string): Field => ({ name, type: 'string', map: true });
export const int = (name: string): Field => ({ name, type: 'int' });
export const bool = (name: string): Field => ({ name, type: 'bool' });
export const bytesMap = (name: string): Field => ({ name, type: 'bytes', map: true });
export const time = (name: string): Field => ({ name, type: 'time' });
export const quantityMap = (name: string): Field => ({ name, type: 'quantity', map: true });
export const intOrString = (name: string): Field => ({ name, type: 'intOrString', isPointer: true });
export const one = (name: string, of: () => MessageType): Field => ({ name, type: 'message', of });
export const many = (name: string, of: () => MessageType): Field => ({ name, type: 'message', of, repeated: true });
export const embedded = (of: () => MessageType): Field => ({ name: '', type: 'message', of, inline: true });
export const pointer = (field: Field): Field => ({ ...field, isPointer: true });
