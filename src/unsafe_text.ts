/**
 * Characters by which text acts on whoever shows it, or hides from who reads it: controls (Cc), line separators (Zl, Zp), all
 * that formats and shows nothing (Cf: joiners, zero widths, turns of direction, tags, soft hyphens), what Unicode lets a font
 * leave out (fillers, variation selectors), and, with the `u` flag, surrogates without a partner (Cs).
 */
export const UNSAFE_TEXT = /[\p{Cc}\p{Zl}\p{Zp}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Cs}]/gu
