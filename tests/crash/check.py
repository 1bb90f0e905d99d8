# SPDX-License-Identifier: Apache-2.0
"""What the clients were told against what lies in the log. Anomalies have their Jepsen names.

lost-write            an acknowledged record is nowhere
duplicate             a record is there twice
inconsistent-offsets  an acknowledged record is there, but not where the answer said
reorder               records of one client in one partition do not stand in the order of its requests
never-sent            bytes that no client sent, or sent elsewhere
aborted-read          a record is there although its refusal said that nothing was stored
damage                the segments do not parse, or the program does not start over them

Two of our own: resurrection (a removed stream is back) and failure-handling (said or done wrongly around a fault).
"""
import collections
import re

from oracle import RETRIABLE, value_of

IDENTITY = re.compile(rb'\{"client":(\d+),"number":(\d+),')
SHOWN_MAX = 5


class Report:
    """Counts of one run; adds up."""

    def __init__(self, trials=0):
        self.trials, self.acknowledged, self.in_doubt, self.refused = trials, 0, 0, 0
        self.repeated = 0  # requests sent more than once, with their key
        self.counts = collections.Counter()
        self.examples = []
        self.notes = []
        self.points = set()  # crash points that were reached

    def see(self, name, text):
        self.counts[name] += 1
        if self.counts[name] <= SHOWN_MAX:
            self.examples.append(f"{name}: {text}")

    def add(self, other):
        self.trials += other.trials
        self.acknowledged += other.acknowledged
        self.in_doubt += other.in_doubt
        self.refused += other.refused
        self.repeated += other.repeated
        self.counts += other.counts
        self.examples += other.examples
        self.notes += other.notes
        self.points |= other.points

    def is_clean(self):
        return not self.counts


def check(clients, log, trials=0, are_refusals_final=False):
    """`are_refusals_final`: a retriable error means "nothing stored", as on a full disk; else it leaves that open."""
    report = Report(trials)
    places = collections.defaultdict(list)  # (client, number) -> [(space, topic, partition, offset)]
    starts = {place: records[0][0] for place, records in log.items() if records}
    by_ident = {client.ident: client for client in clients}
    for (space, topic, partition), records in log.items():
        last = {}
        for offset, value in records:
            where = (space, topic, partition, offset)
            match = IDENTITY.match(value or b"")
            ident, number = map(int, match.groups()) if match else (-1, -1)
            client = by_ident.get(ident)
            is_sent = client and number < client.next_number and value == value_of(ident, number)
            if not is_sent or (client.space, client.topic) != (space, topic):
                report.see("never-sent", f"{where} holds {(value or b'null')[:60]}")
                continue
            places[ident, number].append(where)
            if number < last.get(ident, -1):
                report.see("reorder", f"{where} holds number {number} of client {ident} after {last[ident]}")
            last[ident] = number
    for (ident, number), found in places.items():
        if len(found) > 1:
            report.see("duplicate", f"number {number} of client {ident} is at {found}")
    for client in clients:
        for request in client.requests:
            check_request(report, client, request, places, starts, are_refusals_final)
    return report


def check_request(report, client, request, places, starts, are_refusals_final):
    report.repeated += request.attempts > 1
    if not request.outcomes:
        report.in_doubt += len(request.numbers)
        return
    for number, outcome in zip(request.numbers, request.outcomes):
        found = places.get((client.ident, number), [])
        text = f"number {number} of client {client.ident} ({'key ' + request.key if request.key else 'no key'})"
        if type(outcome) is tuple:
            report.acknowledged += 1
            where = (client.space, *outcome)
            if not found and outcome[2] < starts.get(where[:3], 0):
                continue  # retention took it
            if not found:
                report.see("lost-write", f"{text}, acknowledged at {where}")
            elif where not in found:
                report.see("inconsistent-offsets", f"{text}, acknowledged at {where}, is at {found}")
        else:
            is_final = outcome not in RETRIABLE or are_refusals_final
            report.refused += 1
            if found and is_final:
                report.see("aborted-read", f"{text}, refused with {outcome}, is at {found}")
