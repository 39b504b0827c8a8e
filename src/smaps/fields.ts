import { FIELD_COUNT, FIELD_INDEX, type FieldName } from '../native/index.ts'

/**
 * Where `readSmapsInto` puts each figure: `target[Field.pss]`. All are bytes but `mappings`, which is a count.
 *
 * An array for it needs `Field.length` elements.
 */
export const Field: Readonly<Record<FieldName | 'length', number>> = Object.freeze({ ...FIELD_INDEX, length: FIELD_COUNT })
