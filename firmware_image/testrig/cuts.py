"""The plug is pulled while the journal is being written, again and again: nothing that was acknowledged may be lost."""

from __future__ import annotations

import random
import re
import time

from machine import NO_CAMERA, Bench, Board, Failed


def check_cuts(bench: Bench, cuts: int) -> str:
    """`cuts` times: start, verify all that is there, append, pull the plug at a random moment. cuts.txt has each."""
    random_moment = random.Random(50)
    card = bench.card("cuts")
    acknowledged = 0
    for number in range(cuts + 1):
        with Board(bench, card, append=f"kinko.test=journal {NO_CAMERA}") as board:
            heard = board.hear("RIG have")
            have = int(heard.split()[2])
            if have < acknowledged:
                raise Failed(f"cut {number}: {acknowledged} acknowledged, {have} there")
            with (bench.folder / "cuts.txt").open("a") as told:
                told.write(f"{number} pulled, {acknowledged} acknowledged, {have} there and verified\n")
            if number == cuts:
                return f"{cuts} cuts, {have} records, each acknowledged one there and verified after each cut"
            board.hear("RIG acknowledged")
            time.sleep(random_moment.uniform(0, 2))
            board.pull()
            said = re.findall(r"RIG acknowledged (\d+)\r?\n", board.log)
            acknowledged = int(said[-1]) + 1
    raise AssertionError
