/** The version that a saved edit (`edit.json`) carries: raised when an older reader would misread it. */
export const EDIT_FILE_VERSION = 1
