/** Anabranch's mark: a river that branches and rejoins. Decorative; the name stands beside it. */
export function Mark({ size = 28 }: { size?: number }) {
  return (
    <svg className="mark" width={size} height={size} viewBox="0 0 32 32" fill="none" aria-hidden="true" focusable="false">
      <g strokeWidth="3.2" strokeLinecap="round">
        <path className="mark-branch" d="M8 16c4.5 0 3.5 7 8 7s3.5-7 8-7" />
        <path className="mark-river" d="M2 16h6c4.5 0 3.5-7 8-7s3.5 7 8 7h6" />
      </g>
    </svg>
  );
}
