/** Version of the edit file (`edit.json`). Raise it when an older reader would misread the file. */
export const EDIT_FILE_VERSION = 1
