say() { printf 'mlng-%s=%s\n' "$1" "$2"; }
echo # login files may have printed something without a newline
say clock "$(date +%s)"
say user "$(id -un)"
say rsync "$(rsync --version 2>/dev/null | head -n 1)"
say disk "$(df -Pk "$1" 2>/dev/null | tail -n 1)"
if command -v nvidia-smi >/dev/null 2>&1; then
	if gpus=$(nvidia-smi --query-gpu=index,uuid,memory.total,memory.used,utilization.gpu,name --format=csv,noheader,nounits 2>&1); then
		say smi ok
		printf '%s\n' "$gpus" | while read -r line; do say gpu "$line"; done
		nvidia-smi --query-compute-apps=gpu_uuid,pid,used_memory,process_name --format=csv,noheader,nounits 2>/dev/null |
			while read -r line; do say process "$line"; done
	else
		say smi "$(printf '%s' "$gpus" | head -n 1)"
	fi
fi
say end
