/** The Worker: the app, and the classes of its Durable Objects. */

import { app } from './app.ts'

export { AccountObject } from './objects/account/account.ts'
export { DirectoryObject } from './objects/directory.ts'
export { EditObject } from './objects/edit/edit.ts'
export { OwnerObject } from './objects/owner/owner.ts'
export { ProviderObject } from './objects/provider/provider.ts'

export default app
