import { useBlocker, useNavigate } from '@tanstack/react-router'
import { LoaderCircleIcon, UploadIcon } from 'lucide-react'
import { type RefObject, useId, useRef, useState } from 'react'

import { Card, Fate } from '@/components/card'
import { EmptyNotice, RetryNotice } from '@/components/notices'
import { Button } from '@/components/ui/button'
import { Skeleton } from '@/components/ui/skeleton'
import { CommandError, type Detail } from '@/lib/backend'
import { useInCharge } from '@/lib/workspace'
import { type Beginning, useBeginning, useCheckText, useSaveText } from './api'
import { TrialResult } from './trial-result'
import { markedLines, placeOf } from './words'
import { YamlEditor, type YamlEditorHandle } from './yaml-editor'

/** Where a new version is written, pasted or uploaded. */
export function EditorPage(beginning: Beginning) {
  const inCharge = useInCharge()
  const text = useBeginning(beginning)
  if (!inCharge) {
    return <EmptyNotice title="Only owners and managers change playbooks">You may read all of them.</EmptyNotice>
  }
  if (text.isPending) {
    return (
      <div role="status" aria-label="Loading the text">
        <Skeleton className="h-[60dvh] w-full rounded-xl" />
      </div>
    )
  }
  if (text.isError) return <RetryNotice what="playbook" onRetry={() => void text.refetch()} />
  return <Editor key={beginning.from ?? beginning.shipped ?? ''} begun={text.data} />
}

/** Bytes of a file that can be a playbook; the engine refuses longer ones too. */
const LARGEST = 4_000_000

function Editor({ begun }: { begun: string }) {
  const [text, setText] = useState(begun)
  const [fileProblem, setFileProblem] = useState<string | null>(null)
  const check = useCheckText()
  const save = useSaveText()
  const navigate = useNavigate()
  const editor = useRef<YamlEditorHandle>(null)
  const problemsId = useId()
  const saved = useRef(false)
  const isUnsaved = () => text !== begun && !saved.current
  useBlocker({
    shouldBlockFn: () => isUnsaved() && !window.confirm('What you wrote is not saved. Leave it?'),
    enableBeforeUnload: isUnsaved,
  })

  const error = check.error ?? save.error
  const problems = error instanceof CommandError && error.reason === 'broken_playbook' ? error.problems : []
  const busy = check.isPending || save.isPending

  const write = (next: string) => {
    setText(next)
    setFileProblem(null)
    check.reset()
    save.reset()
  }
  const onFile = async (file: File | undefined) => {
    if (!file) return
    if (file.size > LARGEST) setFileProblem(`${file.name} is too long for a playbook.`)
    else if (!isUnsaved() || window.confirm('Put the file in place of what you wrote?')) write(await file.text())
  }
  const onCheck = () => {
    save.reset()
    check.mutate(text)
  }
  const onSave = () => {
    check.reset()
    save.mutate(text, {
      onSuccess: (made) => {
        saved.current = true
        void navigate({ to: '/playbooks/$playbookId', params: { playbookId: made.id } })
      },
    })
  }

  return (
    <div className="flex flex-col gap-4">
      <p className="max-w-prose text-muted-foreground">
        Write or paste YAML here, or open a file. It is saved as a draft, the next version of the name that stands in
        it; leads notice nothing before you publish. Comments are not kept.
      </p>
      <div className="flex flex-wrap gap-2">
        <Button disabled={busy || text.trim() === ''} onClick={onSave}>
          {save.isPending && <LoaderCircleIcon className="animate-spin" />} Save as a draft
        </Button>
        <Button variant="outline" disabled={busy || text.trim() === ''} onClick={onCheck}>
          {check.isPending && <LoaderCircleIcon className="animate-spin" />} Check and try
        </Button>
        <FileButton onFile={(file) => void onFile(file)} />
      </div>
      <Fate
        error={fileProblem ?? (problems.length === 0 ? error : null)}
        done={check.isPending && 'Trying it, which takes a second or two…'}
      />
      <div id={problemsId} role="alert" className="empty:hidden">
        {problems.length > 0 && <Problems problems={problems} editor={editor} />}
      </div>
      {check.data && (
        <Card title="What the trial found" hint="Nothing was saved.">
          <TrialResult trial={check.data} />
        </Card>
      )}
      <YamlEditor
        ref={editor}
        label="The playbook as YAML"
        value={text}
        onChange={write}
        marked={markedLines(problems)}
        describedBy={problemsId}
      />
    </div>
  )
}

function FileButton({ onFile }: { onFile: (file: File | undefined) => void }) {
  const input = useRef<HTMLInputElement>(null)
  return (
    <>
      <Button variant="outline" onClick={() => input.current?.click()}>
        <UploadIcon /> Open a file
      </Button>
      <input
        ref={input}
        type="file"
        accept=".yaml,.yml,application/yaml,text/yaml,text/plain"
        aria-label="A YAML file"
        tabIndex={-1}
        className="sr-only"
        onChange={(event) => {
          onFile(event.target.files?.[0])
          event.target.value = '' // the same file again is a change as well
        }}
      />
    </>
  )
}

function Problems({ problems, editor }: { problems: Detail[]; editor: RefObject<YamlEditorHandle | null> }) {
  return (
    <section className="rounded-xl border border-destructive/50 bg-destructive/10 p-4">
      <h2 className="font-semibold">
        {problems.length === 1 ? 'One thing has to be changed' : `${problems.length} things have to be changed`}
      </h2>
      <ul className="mt-2 flex max-h-52 flex-col gap-1 overflow-y-auto">
        {problems.map((each) => (
          <li key={`${each.line} ${each.path} ${each.what}`} className="text-[13px] break-words">
            {each.line ? (
              <button
                type="button"
                onClick={() => editor.current?.goTo(each.line ?? 1)}
                className="focus-ring rounded font-medium text-primary underline underline-offset-2"
              >
                Line {each.line}
              </button>
            ) : (
              <span className="font-medium">Somewhere</span>
            )}
            , {placeOf(each.path)}: {each.what}
          </li>
        ))}
      </ul>
    </section>
  )
}
