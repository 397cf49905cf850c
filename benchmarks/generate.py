"""Seeded input files: the same arguments write the same bytes, on any machine.

``python -m benchmarks.generate contacts 1000 people.csv``, ``... export 1000 people.csv`` and
``python -m benchmarks.generate purchases 100 1000 orders.csv`` (customers, purchases),
``... mails 100 1000 mails.mbox`` (contacts, mails).
"""

from __future__ import annotations

import random
import sys
from datetime import date, timedelta
from pathlib import Path

FIRST = (
    "Anna Ben Clara David Emma Felix Greta Hans Ida Jan Karl Lea Max Nora Otto Paul Rosa Simon "
    "Tilda Urs Vera Willem Yara Zoé"
).split()
LAST = (
    "Meyer Schmidt Rossi Dubois Keller Weber Novak Jensen Silva Costa Müller Álvarez Lindqvist "
    "Kowalski Moreau Baumann Fischer Okafor Tanaka Brunner"
).split()
CITIES = ("Bern", "Basel", "Zürich", "Genève", "Lugano", "Chur", "Sion", "St. Gallen")
JOBS = ("Owner", "Buyer", "Head of Sales", "Accountant", "")
HOBBIES = ("chess", "sailing", "", "", "")
FIRST_DAY = date(2023, 7, 1)
LAST_DAY = date(2026, 6, 30)
TODAY = "2026-07-01"
"""What the measured runs take for today."""

MEAN_DAYS_BETWEEN = 180
RETURNING = 0.6
"""The share of customers that may buy again; the others buy once."""
BLOCK = 10_000


def contacts(count: int, path: Path, *, start: int = 0) -> None:
    """Write ``count`` contacts: name, e-mail, phone, city; ``start`` makes other people."""
    draw = random.Random(f"contacts {start}")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("name,email,phone,city\r\n")
        for number in range(start, start + count):
            first, last = draw.choice(FIRST), draw.choice(LAST)
            file.write(
                f"{first} {last},person{number}@example{number % 977}.com,"
                f"+4179{number:07d},{draw.choice(CITIES)}\r\n"
            )


def export(count: int, path: Path) -> None:
    """Write ``count`` contacts as HubSpot exports them, ten to a company, and two columns that
    nobody knows."""
    draw = random.Random(f"export {count}")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(
            "Record ID,First Name,Last Name,Email,Phone Number,Company Name,Job Title,"
            "Street Address,City,Country/Region,Contact owner,Lifecycle Stage,Shoe size,Hobby\r\n"
        )
        for number in range(count):
            company = draw.randrange(count // 10 + 1)
            file.write(
                f"{700_000_000 + number},{draw.choice(FIRST)},{draw.choice(LAST)},"
                f"person{number}@company{company}.example.com,+4179{number:07d},"
                f"{LAST[company % len(LAST)]} {company} GmbH,{draw.choice(JOBS)},"
                f"Hauptstrasse {draw.randrange(99)},{draw.choice(CITIES)},Switzerland,"
                f"{draw.choice(FIRST)},Lead,{draw.randrange(35, 47)},{draw.choice(HOBBIES)}\r\n"
            )


def deals(count: int, path: Path) -> None:
    """Write ``count`` deals as HubSpot exports them: three to a person, six to a company,
    half of them closed."""
    draw = random.Random(f"deals {count}")
    stages = ("appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "contractsent")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(
            "Record ID,Deal Name,Pipeline,Deal Stage,Amount,Currency,Deal probability,Close Date,"
            "Create Date,Deal owner,Associated Contact,Associated Company,Closed Lost Reason\r\n"
        )
        for number in range(count):
            person = draw.randrange(count // 3 + 1)
            company = person // 2
            stage = draw.choice((*stages, "closedwon", "closedwon", "closedlost", "closedlost"))
            opened = FIRST_DAY + timedelta(days=draw.randrange(400))
            closed = opened + timedelta(days=draw.randrange(1, 200))
            is_open = stage in stages
            file.write(
                f"{900_000_000 + number},{draw.choice(WORDS)} {number},Sales Pipeline,{stage},"
                f"{draw.randrange(100, 90_000)}.50,EUR,{draw.choice((0.1, 0.25, 0.6))},"
                f"{'' if is_open else f'{closed} 16:45'},{opened} 09:30,{draw.choice(FIRST)},"
                f"{FIRST[person % len(FIRST)]} {LAST[person % len(LAST)]}"
                f" (person{person}@company{company}.example.com),"
                f"{LAST[company % len(LAST)]} {company} GmbH,"
                f"{'Price' if stage == 'closedlost' else ''}\r\n"
            )


def purchases(customers: int, count: int, path: Path) -> None:
    """Write ``count`` purchases of ``customers`` customers over three years, in no order.

    A customer starts on a day of their own and comes back after gaps that vary; the first
    ``customers`` rows are the first purchases, so that everybody has one.
    """
    draw = random.Random(f"purchases {customers} {count}")
    span = (LAST_DAY - FIRST_DAY).days + 1
    days = [(FIRST_DAY + timedelta(days=offset)).isoformat() for offset in range(span)]
    starts = [int(span * draw.random() ** 1.3) for _ in range(customers)]
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("customer,date,product,quantity,amount,currency\r\n")
        lines: list[str] = []
        for number in range(count):
            if number < customers:
                customer = number
                day = starts[customer]
            else:
                customer = int(customers * RETURNING * draw.random() ** 1.5)
                left = span - starts[customer]
                day = starts[customer] + int(draw.expovariate(1 / MEAN_DAYS_BETWEEN)) % left
            quantity = 1 + int(draw.random() * 4)
            amount = 100 + int(draw.random() * 20_000)
            lines.append(
                f"C{customer:07d},{days[day]},SKU{int(draw.random() * 200):03d},{quantity},"
                f"{amount // 100}.{amount % 100:02d},EUR\r\n"
            )
            if len(lines) == BLOCK:
                file.writelines(lines)
                lines.clear()
        file.writelines(lines)


WORDS = (
    "the a of to and for we you your our please thank order offer price invoice delivery machine"
    " wood steel grinder room plan week month tomorrow meeting question answer number sample"
    " catalogue stock colour size payment account project team regards kind would could should"
    " have been sent received attached following about regarding possible available urgent"
).split()
US = "shop@example.org"


def mails(people: int, count: int, path: Path) -> None:
    """Write an mbox of ``count`` mails with the first ``people`` contacts, both ways: bodies of
    500 to 2,000 bytes out of 5,000 words, a third of them said in HTML as well."""
    draw = random.Random(f"mails {people} {count}")
    words = [*WORDS, *(f"{word}{draw.choice(LAST).lower()}{n % 97}" for n, word in
                       enumerate(WORDS * 90))]  # fmt: skip
    weights = [1 / (rank + 1) for rank in range(len(words))]
    pool = draw.choices(words, weights, k=200_000)
    with path.open("w", encoding="utf-8", newline="") as file:
        for number in range(count):
            who = draw.randrange(people)
            other = f"person{who}@example{who % 977}.com"
            name = f"{draw.choice(FIRST)} {draw.choice(LAST)}"
            day = LAST_DAY - timedelta(days=draw.randrange(1, 1000))
            clock = f"{draw.randrange(7, 19):02d}:{draw.randrange(60):02d}:{number % 60:02d}"
            sender, receiver = (other, US) if draw.random() < 0.6 else (US, other)
            text = _paragraphs(pool, draw.randrange(len(pool) - 400), draw.randrange(500, 2000))
            file.write(
                f"From {sender} {day:%a %b} {day.day:2d} {clock} {day:%Y}\n"
                f"Return-Path: <{sender}>\n"
                f"Received: from mx{who % 50}.example.com (mx{who % 50}.example.com [192.0.2.7])\n"
                f"\tby mail.example.org (Postfix) with ESMTPS id {number:09X}\n"
                f"\tfor <{receiver}>; {day:%a, %d %b %Y} {clock} +0200 (CEST)\n"
                f"Message-ID: <{number}.{who}.{clock.replace(':', '')}@mail.example.com>\n"
                f"Date: {day:%a, %d %b %Y} {clock} +0200\n"
                f"From: {_person(sender, name)}\nTo: {_person(receiver, name)}\n"
                f"Subject: {'Re: ' if number % 2 else ''}About order {number}\n"
                "MIME-Version: 1.0\nUser-Agent: A Mail Program 1.0\n"
            )
            if number % 3:
                file.write(f"Content-Type: text/plain; charset=utf-8\n\n{text}\n\n")
                continue
            page = "".join(f"<p>{line}</p>\n" for line in text.split("\n"))
            file.write(
                f'Content-Type: multipart/alternative; boundary="=-{number}"\n\n'
                f"--=-{number}\nContent-Type: text/plain; charset=utf-8\n\n{text}\n"
                f"--=-{number}\nContent-Type: text/html; charset=utf-8\n\n"
                f"<html><body>\n{page}</body></html>\n--=-{number}--\n\n"
            )


def _person(address: str, name: str) -> str:
    return f"{'The Shop' if address == US else name} <{address}>"


def _paragraphs(pool: list[str], start: int, size: int) -> str:
    text = " ".join(pool[start : start + 400])[:size]
    return "\n".join(text[at : at + 72] for at in range(0, len(text), 72))


def talks(people: int, count: int, path: Path) -> None:
    """Write ``count`` talks with the first ``people`` contacts over three years."""
    draw = random.Random(f"talks {people} {count}")
    span = (LAST_DAY - FIRST_DAY).days
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("at,channel,direction,email,subject,body\r\n")
        for number in range(count):
            who = draw.randrange(people)
            day = FIRST_DAY + timedelta(days=draw.randrange(span))
            file.write(
                f"{day}T{draw.randrange(7, 19):02d}:{draw.randrange(60):02d}:{number % 60:02d}Z,"
                f"{draw.choice(('call', 'meeting', 'chat'))},{draw.choice(('in', 'out'))},"
                f"person{who}@example{who % 977}.com,About order {number},"
                f"{' '.join(draw.choices(WORDS, k=8))}\r\n"
            )


def orders(people: int, path: Path) -> None:
    """Write one purchase of each of the first ``people`` contacts, named by e-mail."""
    draw = random.Random(f"orders {people}")
    span = (LAST_DAY - FIRST_DAY).days
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("email,date,product,amount,currency\r\n")
        for who in range(people):
            day = FIRST_DAY + timedelta(days=draw.randrange(span))
            file.write(
                f"person{who}@example{who % 977}.com,{day},Tea,{draw.randrange(1, 900)}.00,EUR\r\n"
            )


def birthdays(people: int, path: Path) -> None:
    """Write the birthdays of the first ``people`` contacts, one in five without a year."""
    draw = random.Random(f"birthdays {people}")
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("email,birthday\r\n")
        for who in range(people):
            day = date(1950, 1, 1) + timedelta(days=draw.randrange(18_000))
            said = day.isoformat() if who % 5 else f"--{day.isoformat()[5:]}"
            file.write(f"person{who}@example{who % 977}.com,{said}\r\n")


def main(arguments: list[str]) -> int:
    """Write the file the arguments ask for."""
    kind, *numbers, path = arguments
    if kind == "contacts":
        start = int(numbers[1]) if len(numbers) > 1 else 0
        contacts(int(numbers[0]), Path(path), start=start)
    elif kind == "export":
        export(int(numbers[0]), Path(path))
    elif kind == "deals":
        deals(int(numbers[0]), Path(path))
    elif kind == "mails":
        mails(int(numbers[0]), int(numbers[1]), Path(path))
    elif kind == "talks":
        talks(int(numbers[0]), int(numbers[1]), Path(path))
    elif kind == "birthdays":
        birthdays(int(numbers[0]), Path(path))
    elif kind == "orders":
        orders(int(numbers[0]), Path(path))
    else:
        purchases(int(numbers[0]), int(numbers[1]), Path(path))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
