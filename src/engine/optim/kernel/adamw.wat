;; AdamW over vectors in one memory, four elements at a time: the operations of adamW() in optimizer.ts, in their order,
;; each rounded to float32, so that the results are those of the graph to the bit.
;; Compiled to adamw-bytes.ts by tools/kernels.
(module
  (import "flat" "memory" (memory 1))
  ;; Byte offsets of parameters, gradients and moments; number of elements; scalars.
  (func (export "adamw")
    (param $p i32) (param $g i32) (param $m i32) (param $v i32) (param $count i32)
    (param $beta1 f32) (param $beta2 f32) (param $gradientScale f32)
    (param $keep f32) (param $rootScale f32) (param $floor f32)
    (local $i i32) (local $end i32)
    (local $gradient v128) (local $first v128) (local $second v128)
    (local $gradient1 f32) (local $first1 f32) (local $second1 f32)

    (local.set $end (i32.and (local.get $count) (i32.const -4)))
    (block $vectorsDone
      (loop $vectors
        (br_if $vectorsDone (i32.ge_u (local.get $i) (local.get $end)))
        (local.set $gradient
          (f32x4.mul (v128.load (local.get $g)) (f32x4.splat (local.get $gradientScale))))
        (local.set $first
          (f32x4.add (f32x4.mul (v128.load (local.get $m)) (f32x4.splat (local.get $beta1))) (local.get $gradient)))
        (local.set $second
          (f32x4.add
            (f32x4.mul (v128.load (local.get $v)) (f32x4.splat (local.get $beta2)))
            (f32x4.mul (local.get $gradient) (local.get $gradient))))
        (v128.store (local.get $m) (local.get $first))
        (v128.store (local.get $v) (local.get $second))
        (v128.store (local.get $p)
          (f32x4.sub
            (f32x4.mul (v128.load (local.get $p)) (f32x4.splat (local.get $keep)))
            (f32x4.div (local.get $first)
              (f32x4.add
                (f32x4.mul (f32x4.sqrt (local.get $second)) (f32x4.splat (local.get $rootScale)))
                (f32x4.splat (local.get $floor))))))
        (local.set $p (i32.add (local.get $p) (i32.const 16)))
        (local.set $g (i32.add (local.get $g) (i32.const 16)))
        (local.set $m (i32.add (local.get $m) (i32.const 16)))
        (local.set $v (i32.add (local.get $v) (i32.const 16)))
        (local.set $i (i32.add (local.get $i) (i32.const 4)))
        (br $vectors)))

    ;; What is left of the last four
    (block $restDone
      (loop $rest
        (br_if $restDone (i32.ge_u (local.get $i) (local.get $count)))
        (local.set $gradient1 (f32.mul (f32.load (local.get $g)) (local.get $gradientScale)))
        (local.set $first1
          (f32.add (f32.mul (f32.load (local.get $m)) (local.get $beta1)) (local.get $gradient1)))
        (local.set $second1
          (f32.add
            (f32.mul (f32.load (local.get $v)) (local.get $beta2))
            (f32.mul (local.get $gradient1) (local.get $gradient1))))
        (f32.store (local.get $m) (local.get $first1))
        (f32.store (local.get $v) (local.get $second1))
        (f32.store (local.get $p)
          (f32.sub
            (f32.mul (f32.load (local.get $p)) (local.get $keep))
            (f32.div (local.get $first1)
              (f32.add
                (f32.mul (f32.sqrt (local.get $second1)) (local.get $rootScale))
                (local.get $floor)))))
        (local.set $p (i32.add (local.get $p) (i32.const 4)))
        (local.set $g (i32.add (local.get $g) (i32.const 4)))
        (local.set $m (i32.add (local.get $m) (i32.const 4)))
        (local.set $v (i32.add (local.get $v) (i32.const 4)))
        (local.set $i (i32.add (local.get $i) (i32.const 1)))
        (br $rest)))))
