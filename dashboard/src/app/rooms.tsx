import { RouterProvider } from '@tanstack/react-router'

import { router } from './router'

export default function Rooms() {
  return <RouterProvider router={router} />
}
