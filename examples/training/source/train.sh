# Fit y = a x + b to the points of a file by gradient descent.
# Usage: train.sh POINTS STEPS WEIGHTS
awk -F, -v steps="$2" '
NR > 1 { x[++n] = $1; y[n] = $2 }
END {
  for (step = 1; step <= steps; step++) {
    da = db = loss = 0
    for (i = 1; i <= n; i++) {
      error = a * x[i] + b - y[i]
      da += error * x[i]; db += error; loss += error * error
    }
    a -= 0.1 * da / n; b -= 0.1 * db / n
    if (step % 100 == 0) printf "step %d loss %.6f\n", step, loss / n > "/dev/stderr"
  }
  printf "{\"a\": %.4f, \"b\": %.4f}\n", a, b
}' "$1" >"$3"
