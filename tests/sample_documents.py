"""Writes the PDF and Word documents of the sample organisation into `knowledge/sample`.

    python tests/sample_documents.py

The text is below, in a small markup: `##` and `###` headings, paragraphs, `-` and `1.` lists, and tables of
`|` rows whose first row is the header. Lines of one block are joined; a blank line ends a block. The output
is the same byte for byte on every run (with the same versions of reportlab and python-docx).
"""

from __future__ import annotations

import copy
import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal
from xml.sax.saxutils import escape

import docx
from docx.document import Document as Docx
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.text.paragraph import Paragraph as DocxParagraph
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import cm
from reportlab.platypus import (
    CondPageBreak,
    ListFlowable,
    ListItem,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

SAMPLE = Path(__file__).resolve().parent.parent / "knowledge" / "sample"
COMPANY = "Dunvarra Instruments"
BLUE = "#17415c"
PADDING = 6
"""What reportlab leaves free inside the frame of a page, in points."""
WRITTEN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Source:
    """One document: `path` below the sample folder (its ending decides the format), title, text in markup.

    `widths` are the relative widths of the columns of each table, in reading order.
    """

    path: str
    title: str
    series: str
    note: str
    text: str
    widths: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A block of the markup; `lines` are the items of a list, else one string. Tables have `rows`."""

    kind: Literal["h2", "h3", "text", "bullets", "numbers", "table"]
    lines: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


# --- the markup ------------------------------------------------------------------------------------------


def parse(text: str) -> list[Part]:
    return [_part(block) for block in re.split(r"\n\s*\n", text.strip())]


def _part(block: str) -> Part:
    if block.startswith("|"):
        cells = (line.strip().strip("|").split("|") for line in block.splitlines())
        return Part("table", rows=tuple(tuple(cell.strip() for cell in row) for row in cells))
    if block.startswith("- "):
        return Part("bullets", _items(block, r"^- "))
    if re.match(r"\d+\. ", block):
        return Part("numbers", _items(block, r"^\d+\. "))
    heading = re.match(r"(##+) (.*)", block)
    if heading:
        return Part("h2" if heading[1] == "##" else "h3", (heading[2],))
    return Part("text", (" ".join(block.split()),))


def _items(block: str, marker: str) -> tuple[str, ...]:
    items = re.split(marker, block, flags=re.MULTILINE)
    return tuple(" ".join(item.split()) for item in items if item.strip())


# --- PDF -------------------------------------------------------------------------------------------------


def _styles() -> dict[str, Any]:
    body = ParagraphStyle("text", fontName="Helvetica", fontSize=10, leading=14, spaceAfter=6)
    bold = "Helvetica-Bold"
    return {
        "text": body,
        "title": ParagraphStyle("title", body, fontName=bold, fontSize=22, leading=27, textColor=HexColor(BLUE)),
        "note": ParagraphStyle("note", body, fontName="Helvetica-Oblique", textColor=HexColor("#555555")),
        "h2": ParagraphStyle(
            "h2", body, fontName=bold, fontSize=14, leading=18, spaceBefore=10, textColor=HexColor(BLUE), keepWithNext=1
        ),
        "h3": ParagraphStyle("h3", body, fontName=bold, fontSize=11.5, leading=15, spaceBefore=6, keepWithNext=1),
        "cell": ParagraphStyle("cell", body, fontSize=9, leading=12, spaceAfter=0),
        "head": ParagraphStyle("head", body, fontName=bold, fontSize=9, leading=12, spaceAfter=0),
    }


def write_pdf(source: Source, path: Path) -> None:
    styles = _styles()
    template = SimpleDocTemplate(
        str(path),
        pagesize=A4,
        leftMargin=2.2 * cm,
        rightMargin=2.2 * cm,
        topMargin=2.2 * cm,
        bottomMargin=2.2 * cm,
        title=source.title,
        author=COMPANY,
        subject=source.series,
        creator=COMPANY,
        lang="en",
        invariant=1,
    )
    widths = iter(source.widths)
    story: list[Any] = [
        Paragraph(escape(source.title), styles["title"]),
        Paragraph(escape(source.note), styles["note"]),
    ]
    for part in parse(source.text):
        story += _pdf_part(part, styles, template.width - 2 * PADDING, widths)

    def footer(canvas: Any, _: Any) -> None:
        canvas.saveState()
        canvas.setFont("Helvetica", 8)
        canvas.setFillColor(HexColor("#555555"))
        canvas.drawString(2.2 * cm + PADDING, 1.2 * cm, f"{COMPANY} · {source.series} · {source.title}")
        canvas.drawRightString(A4[0] - 2.2 * cm - PADDING, 1.2 * cm, f"Page {canvas.getPageNumber()}")
        canvas.restoreState()

    template.build(story, onFirstPage=footer, onLaterPages=footer)


def _pdf_part(part: Part, styles: dict[str, Any], width: float, widths: Iterator[tuple[int, ...]]) -> list[Any]:
    if part.kind == "table":
        shares = next(widths, (1,) * len(part.rows[0]))
        return [_pdf_table(part, styles, [width * share / sum(shares) for share in shares])]
    if part.kind in ("bullets", "numbers"):
        items = [ListItem(Paragraph(escape(line), styles["text"]), spaceAfter=1) for line in part.lines]
        look = {"bulletType": "1", "bulletFormat": "%s."} if part.kind == "numbers" else {"start": "•"}
        rows = ListFlowable(items, leftIndent=16, bulletFontSize=10, **{"bulletType": "bullet", **look})
        return [rows, Spacer(1, 7)]
    text = Paragraph(escape(part.lines[0]), styles[part.kind])
    return [text] if part.kind == "text" else [CondPageBreak(2.5 * cm), text]


def _pdf_table(part: Part, styles: dict[str, Any], widths: list[float]) -> Any:
    cells = [
        [Paragraph(escape(cell), styles["head" if number == 0 else "cell"]) for cell in row]
        for number, row in enumerate(part.rows)
    ]
    table = Table(cells, colWidths=widths, repeatRows=1, spaceBefore=4, spaceAfter=10, hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("GRID", (0, 0), (-1, -1), 0.6, HexColor("#8a9aa5")),
                ("BACKGROUND", (0, 0), (-1, 0), HexColor("#e3ecf1")),
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 4),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 4),
            ]
        )
    )
    return table


# --- Word ------------------------------------------------------------------------------------------------


def write_docx(source: Source, path: Path) -> None:
    document = docx.Document()
    _docx_look(document, source)
    document.add_heading(source.title, 0)
    document.add_paragraph().add_run(source.note).italic = True
    widths = iter(source.widths)
    for part in parse(source.text):
        if part.kind == "table":
            _docx_table(document, part, next(widths, (1,) * len(part.rows[0])))
        elif part.kind in ("bullets", "numbers"):
            _docx_list(document, part)
        elif part.kind == "text":
            document.add_paragraph(part.lines[0])
        else:
            document.add_heading(part.lines[0], 1 if part.kind == "h2" else 2)
    buffer = io.BytesIO()
    document.save(buffer)
    path.write_bytes(_same_dates(buffer.getvalue()))


def _docx_look(document: Docx, source: Source) -> None:
    core = document.core_properties
    core.title, core.subject, core.author, core.last_modified_by = source.title, source.series, COMPANY, COMPANY
    core.comments, core.language, core.revision = "", "en", 1
    core.created = core.modified = WRITTEN.replace(tzinfo=None)
    for name, size in (("Normal", 10.5), ("Title", 24), ("Heading 1", 15), ("Heading 2", 12)):
        style: Any = document.styles[name]
        style.font.name, style.font.size = "Calibri", Pt(size)
        if name != "Normal":
            style.font.color.rgb = RGBColor.from_string(BLUE[1:])
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.3)
    section.footer.paragraphs[0].text = f"{COMPANY} · {source.series}"


def _docx_table(document: Docx, part: Part, shares: tuple[int, ...]) -> None:
    table = document.add_table(rows=0, cols=len(part.rows[0]), style="Table Grid")
    for number, row in enumerate(part.rows):
        line = table.add_row()
        for cell, text, share in zip(line.cells, row, shares, strict=True):
            cell.width = Cm(16.4 * share / sum(shares))
            run = cell.paragraphs[0].add_run(text)
            run.bold = number == 0
            cell.paragraphs[0].paragraph_format.space_after = Pt(2)
        if number == 0:
            line._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
            for cell in line.cells:
                shading = OxmlElement("w:shd")
                for key, value in (("val", "clear"), ("color", "auto"), ("fill", "E3ECF1")):
                    shading.set(qn(f"w:{key}"), value)
                cell._tc.get_or_add_tcPr().append(shading)
    document.add_paragraph().paragraph_format.space_after = Pt(0)


def _docx_list(document: Docx, part: Part) -> None:
    style = "List Bullet" if part.kind == "bullets" else "List Number"
    paragraphs = [document.add_paragraph(line, style=style) for line in part.lines]
    if part.kind == "numbers":
        _restart(document, paragraphs)


def _restart(document: Docx, paragraphs: list[DocxParagraph]) -> None:
    """Word goes on counting from the last numbered list unless a list has a numbering of its own."""
    numbering: Any = document.part.numbering_part.element
    style: Any = document.styles["List Number"].element
    shared = numbering.num_having_numId(style.pPr.numPr.numId.val)
    own = numbering.add_num(shared.abstractNumId.val)
    own.add_lvlOverride(ilvl=0).add_startOverride(1)
    for paragraph in paragraphs:
        properties: Any = paragraph._p.get_or_add_pPr()
        numbers = copy.deepcopy(style.pPr.numPr)
        numbers.get_or_add_numId().val = own.numId
        numbers.get_or_add_ilvl().val = 0
        properties.append(numbers)


def _same_dates(packed: bytes) -> bytes:
    """The same archive with fixed dates: the zip entries carry the time of writing."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(packed)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            entry = zipfile.ZipInfo(name, date_time=(2026, 11, 2, 9, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return buffer.getvalue()


# --- the documents ---------------------------------------------------------------------------------------

HANDBOOK = "Employee handbook"
MANUAL = "Sorrel manual"

EXPENSES = """
The company pays reasonable costs that employees have paid for their work. Goods and services bought on an
invoice follow the purchasing rules instead, and trips also follow the travel policy.

## Handing in a claim

1. Photograph the receipt in Claimbook on the day of the purchase.
2. Choose the category and the cost centre.
3. For a meal with customers, name the guests and the occasion.
4. Send the claim to your manager.

Claims are handed in within 45 days of the expense. An older claim is paid only when the head of department
agrees, and never after 12 months. Claims approved by Tuesday noon are paid on Thursday of the same week.

## Approval limits for claims

| Total of the claim | Approved by |
| Up to 250 EUR | Line manager |
| 250.01 to 2,000 EUR | Head of department |
| 2,000.01 to 10,000 EUR | Director |
| More than 10,000 EUR | CFO |

Nobody approves a claim of their own. Per diem and mileage do not count towards the approval limits.

## Receipts

A receipt is needed for every expense of more than 10 EUR. A card slip alone is not a receipt, because the
card slip does not show the VAT. An employee who has lost a receipt may write a statement instead, for
expenses up to 40 EUR and no more than three times a year. Per diem and mileage need no receipts.

## Limits by category

| Category | Limit | Remark |
| Meal with customers | 65 EUR a person | Alcohol may be one third of the bill at most |
| Team meal | 35 EUR a person | Twice a year for each team |
| Gift to a customer | 50 EUR | The code of conduct applies as well |
| Tips | 10 % | Only where tips are customary |
| Taxi | Actual cost | Reason needed, see domestic travel |
| Gift to a colleague | Not paid | Collected privately in the team |

A meal with customers may exceed 65 EUR a person when a director has agreed before the meal.

## What is not reimbursed

- Parking and speeding fines
- Films and minibar in hotels
- Upgrades of flights and hire cars
- Ways between home and the usual workplace
- Clothing, safety shoes excepted

## Company cards

Employees who travel more than six times a year may have a company card. Card payments are explained in
Claimbook within 10 working days. Private purchases with the company card are not allowed; a purchase made
by mistake is paid back within 10 working days. The card is blocked after two late months in a row. Report a
lost card to the bank and on extension 4911.

## Foreign currency

Claimbook converts foreign receipts at the rate of the European Central Bank on the day of the purchase. For
card payments, the rate on the card statement applies.
"""

CLASSIFICATION = """
Every document and every set of data at Dunvarra belongs to one of four classes. The class decides who may
see the data and how the data is stored, sent and destroyed.

## The four classes

| Class | Examples | Who may see it |
| Public | Press releases, product manuals, job adverts | Everyone |
| Internal | Handbook, organisation chart, meeting notes | Employees and contractors |
| Confidential | Customer contracts, source code, price lists | People who need it for their work |
| Restricted | Salaries, health data, unreleased designs | Persons named by the owner |

The author chooses the class and writes it on the first page. A document without a class counts as Internal.
When documents of different classes are combined, the highest class applies to the whole.

## Handling

| What | Internal | Confidential | Restricted |
| E-mail to outside | With a business reason | Encrypted | Not allowed |
| Storage | Company drive | Folder with named members | Vault only |
| Printing | Allowed | Follow Me printers only | With permission of the owner |
| USB stick | Encrypted stick | Encrypted stick and approval of the owner | Not allowed |
| Paper waste | Paper bin | Locked shredding bin | Shredded in the presence of the owner |

Public data needs no protection against reading, but must not be changed without permission.

## Sharing with people outside

1. Check the class of the document.
2. Make sure that a confidentiality agreement has been signed; Legal keeps the list.
3. Share a link from the company drive, not a copy.
4. Set the link to expire. Links to outside expire after 30 days at the latest.

Links for auditors and for the works doctor may stay open for up to 12 months.

## Artificial intelligence services

Internal data may be entered into the company's own assistant. Confidential data may be entered into the
company's own assistant only in projects that the Security Team has approved. Restricted data must never be
entered into an AI service. Public AI services on the internet may be used with Public data only, unless the
Security Team has listed the service.

## Readings of our customers

Readings from customers' Sorrel units are Confidential. Employees look into a customer's account only with
the consent of the customer, unless a security incident makes it necessary. Statistics over at least 50
customers may be treated as Internal.

## How long we keep data

| Kind of data | Kept for |
| Invoices and accounts | 7 years |
| Personnel files | 7 years after the employee leaves |
| Applications of people who were not hired | 12 months |
| Support tickets | 3 years |
| Visitor lists | 6 months |
| Recordings of video calls | 90 days |
| Camera recordings at the gates | 30 days |

Nothing is deleted while Legal has placed a hold on it. The owner of the data checks once a year that old
data has been deleted.

## Desk and screen

- Lock the screen when you leave the desk, also for a minute.
- Confidential and Restricted paper is locked away overnight.
- Whiteboards are wiped after each meeting.

## When something goes wrong

Data that was sent to the wrong person is a security incident and is reported within one hour on extension
4911. Do not ask the wrong recipient to delete the data before the Security Team has answered.
"""

HEALTH = """
Dunvarra offers two health plans, Core and Plus. Every employee in Ireland is a member of Core free of charge
and may change to Plus. Colleagues in Rotterdam and Boston have local plans.

## Joining

Cover starts on the first day of the month after the start of employment. Partners and children can be
added within 31 days of joining, marriage, birth or adoption. Otherwise, additions and changes are possible
only in November, with effect from 1 January.

An employee who changes from Core to Plus stays in Plus for at least two years. The two years do not apply
after a birth, a divorce or a move to part-time work.

## What the plans cost

The amounts are taken from the monthly salary.

| Person | Core, a month | Plus, a month |
| Employee | 0 EUR | 38 EUR |
| Partner | 46 EUR | 79 EUR |
| Each child | 0 EUR | 12 EUR |

Children are covered up to their 21st birthday. Children in full-time education are covered up to their 25th
birthday.

## What the plans pay

| Benefit | Core | Plus |
| Visit to the family doctor | 25 EUR back, 10 visits a year | 40 EUR back, no limit |
| Specialist | 60 EUR back, referral needed | 110 EUR back, no referral needed |
| Physiotherapy | 30 EUR back, 8 sessions a year | 45 EUR back, 16 sessions a year |
| Dental check-up | 1 a year | 2 a year |
| Dental treatment | 50 %, up to 400 EUR a year | 75 %, up to 1,200 EUR a year |
| Glasses and contact lenses | 100 EUR every 2 years | 250 EUR every 2 years |
| Hospital room | Shared room | Single room |
| Psychotherapy | 6 sessions a year | 12 sessions a year |
| Treatment abroad | Emergencies only | Emergencies, and planned treatment up to 20,000 EUR |

Planned treatment abroad under Plus needs the written approval of the insurer before the journey.

## Excess

The excess is the part of the costs that members pay themselves before the plan pays. The excess is 150 EUR a
year in Core and 50 EUR a year in Plus. The excess does not apply to visits to the family doctor and to
dental check-ups.

## Waiting periods

| Treatment | Core | Plus |
| Illness and accident | none | none |
| Dental treatment | 3 months | 6 months |
| Illness that existed before joining | 6 months | 12 months |

Waiting periods do not apply to members who come from a similar plan without a gap of more than 30 days.

## Claiming

1. Pay the doctor and ask for a receipt with the name of the patient.
2. Photograph the receipt in the insurer's app.
3. Choose the person and the kind of treatment, and send the claim.

Claims are sent within 6 months of the treatment. The insurer pays within 10 working days. For a hospital
stay, call the insurer 5 working days before; the insurer then pays the hospital directly.

## Other health benefits for everyone

- An eye test for screen work is paid every 2 years, whatever the plan.
- The flu vaccination is offered at both sites in October.
- The confidential helpline offers six free conversations a year for employees and their families.

## When employment ends

Cover ends on the last day of the month in which employment ends. Former employees may continue the plan at
their own cost, if they apply to the insurer within 30 days.
"""

CONDUCT = """
This code applies to everybody who works for Dunvarra: employees, managers, directors, contractors and agency
workers. Everyone confirms the code once a year, by 31 March.

## Gifts and invitations

| Gift or invitation | What to do |
| Worth up to 50 EUR | May be accepted, once a quarter from the same giver |
| Worth 50 to 150 EUR | Ask the head of department and enter it in the gift register |
| Worth more than 150 EUR | Refuse, or hand it to Compliance for the charity raffle |
| Cash or vouchers of any value | Always refuse |
| Anything during a tender or a contract negotiation | Always refuse |

The same limits apply to gifts that we give. Public officials are offered nothing beyond coffee or a simple
lunch worth up to 15 EUR.

## Conflicts of interest

A conflict of interest exists when private interests could influence a decision at work. Conflicts are
declared to the manager and to Compliance within 5 working days.

### Relatives and partners

Nobody decides on the hiring, pay or promotion of a relative or partner. A relationship between a manager and
a member of the same team is reported to the People Team, which finds a new reporting line for one of the
two.

### Second jobs

A second job needs the written approval of the People Team. Approval is given for up to 10 hours a week, if
the other employer is not a competitor. Voluntary work and public office need no approval, but are mentioned
to the manager.

### Shares

Employees declare shares of more than 1 % in a supplier, customer or competitor. Shares held through a public
fund do not have to be declared.

## Respect

Dunvarra does not tolerate bullying, harassment or discrimination. Anyone who sees harassment should speak to
a manager, to the People Team or to the ombudsperson.

## Alcohol and drugs

Nobody works under the influence of alcohol or drugs. On the production floor and when driving, the limit is
zero. At company events, wine and beer may be served after 16:00, when soft drinks are offered as well.
Employees who ask for help with an addiction are supported and keep their job during treatment.

## Speaking in public

Only the Communications team answers journalists. In social media, employees say that they speak for
themselves, and do not publish internal photos or figures. Talks at conferences are shown to Communications
10 working days ahead.

## Speaking up

1. Speak to your manager, or to your manager's manager.
2. If that is not possible, speak to Compliance or the People Team.
3. Use the speak-up line on extension 4950, or the web form; both can be used without giving a name.

Every report is confirmed within 7 days and answered within 3 months. Nobody suffers for a report made in
good faith, even when the suspicion turns out to be wrong. Reports about a director go to the external
ombudsperson, Orla Tansey.

## What follows from a breach

| Stage | Decided by | Stays on file |
| Verbal warning | Line manager | 6 months |
| First written warning | Head of department | 12 months |
| Final written warning | Director | 18 months |
| Dismissal | Director and People Director | permanently |

Stages may be left out in cases of theft, violence or fraud. The employee may bring a colleague or a union
representative to every meeting. An appeal is made within 10 working days to a director who was not involved.
"""

PENSION = """
The Dunvarra pension plan is open to employees in Ireland. Colleagues in Rotterdam and Boston have local
plans; contractors, agency workers and interns are not members.

## Joining

Employees become members automatically after 3 months of employment. Employees may join earlier by ticking
the box in MyDunvarra. A new member may leave the plan within 6 weeks of joining and gets the contributions
back.

## Contributions

Contributions are a percentage of pensionable pay. Pensionable pay is base salary and shift premium;
overtime and bonuses do not count.

| Employee pays | Company pays | Together |
| 3 % | 5 % | 8 % |
| 4 % | 6 % | 10 % |
| 5 % | 7.5 % | 12.5 % |
| 6 % or more | 9 % | 15 % or more |

The company adds one more percentage point after 15 years of service. Employees who pay nothing receive no
company contribution.

The employee's percentage can be changed on 1 April and on 1 October. The change is entered in MyDunvarra by
the 15th of the month before. One-off payments from a bonus are possible at any time.

## Who owns the money

The employee's own contributions belong to the employee from the first day. Company contributions belong to
the employee after 2 years of service. An employee who leaves earlier loses the company contributions, unless
the position has been made redundant.

## Investment

- Members who do not choose are placed in the lifecycle fund, which becomes more cautious from the age of 54.
- Four other funds can be chosen.
- Members may switch between funds four times a year free of charge.
- The yearly charge is 0.45 % of the savings.

## Retirement

The normal retirement age of the plan is 66. Early retirement is possible from the age of 60, and from the
age of 50 in the case of ill health. Members who go on working may leave their savings in the plan until 70.

### Steps before you retire

1. Tell the People Team 6 months before the planned date.
2. Ask the plan office for a statement.
3. Meet the pension adviser. The company pays for two meetings from the age of 50.
4. Choose between lump sum, pension and fund, and sign the form 8 weeks before the date.

## If you die while employed

The plan pays four times the annual base salary to the persons named by the member. Name the persons on the
nomination form, and renew the form after a marriage, a divorce or a birth. The death benefit applies from the
first day of employment, also to employees who have left the pension plan.
"""

ONBOARDING = """
Welcome to Dunvarra. This page lists what happens from the signed contract to the end of probation.

## Before the first day

- The People Team sends the access to MyDunvarra 10 days before the start.
- Enter bank details and tax number in MyDunvarra by the 12th of the month; otherwise the first salary is paid
  with the salary of the following month.
- Choose a laptop; laptops chosen less than 5 working days before the start may be late.
- Tell us about any adjustment that you need at your workplace.

Salaries are paid on the 25th of each month, or on the working day before.

## The first day

1. Come to reception at Harbour House at 9:30, or to the gate at Millfield at 7:45.
2. Bring your passport or identity card, and the work permit if you need one.
3. Have your photo taken for the badge.
4. Fetch the laptop at the Service Desk counter and set up the second factor.
5. Have lunch with your manager and your buddy, paid by the company.

## Mandatory training

| Training | To be completed | Length |
| Fire and workplace safety | On the first day | 30 minutes |
| Security basics | Within 3 working days | 45 minutes |
| Code of conduct | Within 2 weeks | 1 hour |
| Data protection | Within 4 weeks | 1 hour |
| Production floor safety (Millfield only) | Before entering the production floor | 2 hours |

Accounts are suspended when the security basics are not completed within 3 working days. The suspension does
not apply to newcomers who are ill or travelling in their first week.

## Your buddy

Every newcomer has a buddy from another team for 3 months. The company pays for three lunches of buddy and
newcomer, up to 15 EUR a person.

## Probation

Probation lasts 6 months. The manager and the newcomer talk about progress after 6 weeks, 3 months and
5 months. Probation may be extended once, by up to 3 months, when illness or parental leave has interrupted
it. The decision is given in writing 2 weeks before probation ends.

## Moving to Galway or Limerick

Newcomers who move more than 100 km receive up to 3,000 EUR for removal and up to 4 weeks in a company
apartment. The removal money is paid back when the employee resigns within 12 months.

## Recommending a friend

Employees receive 1,500 EUR for recommending a person who is hired. Half of the reward is paid when the new
colleague starts, and half when probation has been passed. The reward is not paid to directors, to the People
Team, or for roles in one's own team.
"""

SHIFTS = """
This page applies to employees in production, maintenance and the test laboratories at Millfield. Office
employees follow the page on working hours.

## Shifts and premiums

| Shift | Time | Premium on base pay |
| Early | 6:00 to 14:00 | none |
| Late | 14:00 to 22:00 | 12 % |
| Night | 22:00 to 6:00 | 28 % |
| Weekend day | 6:00 to 18:00 | 35 % |
| Weekend night | 18:00 to 6:00 | 50 % |

Shift employees work 39 hours a week on average over six weeks. Premiums are not added together: the highest
one applies. Work on a public holiday is the exception, because the extra pay of 100 % is added to the shift
premium.

## Rota

The rota is published 4 weeks ahead in MyDunvarra. A change with less than 7 days' notice needs the consent of
the employee and is rewarded with 60 EUR. Nobody works more than six shifts in a row or more than four night
shifts in a row.

## Swapping shifts

1. Find a colleague with the same qualification.
2. Enter the swap in MyDunvarra at least 48 hours before the earlier of the two shifts.
3. Wait until the shift supervisor has approved the swap.

A swap must leave 11 hours of rest between two shifts for both people.

## Breaks and handover

Each shift has a paid break of 30 minutes and a paid handover of 10 minutes. Weekend shifts have two paid
breaks of 30 minutes. Breaks are taken outside the production floor.

## Being called in

An employee who is called in on a free day is paid for at least 4 hours, with the premium of the shift.
Answering the phone on a free day is voluntary, except for the maintenance crew on stand-by. Stand-by for
maintenance pays 45 EUR a day.

## Clocking in

Clock in at the terminal at the gate, in working clothes. Up to 5 minutes late is not deducted. After three
late starts in a month, the supervisor talks to the employee.

## Night work and health

- Night workers are offered a health check every 2 years, and every year from the age of 50.
- Employees under 18 and pregnant employees do not work at night.
- A doctor's advice to stop night work is followed within 4 weeks.
- The company pays the taxi home when a night worker falls ill during the shift.
"""

PURCHASING = """
These rules apply to goods and services bought on an invoice. Costs that employees pay themselves follow the
page on expense claims.

## Who approves an order

| Value of the order without VAT | Approved by | Quotes needed |
| Up to 500 EUR | Team lead | 1 |
| 500.01 to 5,000 EUR | Head of department | 2 |
| 5,000.01 to 25,000 EUR | Director | 3 |
| 25,000.01 to 100,000 EUR | CFO | 3, collected by Purchasing |
| More than 100,000 EUR | Board | Formal tender |

An order must not be split to stay below a limit. The value of a contract is the sum over its whole term. Fewer
quotes are accepted when only one supplier can deliver, and the reason is written in the order.

## How to order

1. Look in the catalogue. Catalogue items up to 150 EUR need no approval.
2. Enter a purchase request in Claimbook under Purchasing and attach the quotes.
3. Wait for the purchase order number.
4. Send the order to the supplier with the number.
5. Confirm the delivery in Claimbook within 3 working days.

Invoices without a purchase order number are sent back to the supplier.

## New suppliers

A new supplier is checked by Purchasing before the first order. The check takes 10 working days. Suppliers of
components for Sorrel products also need an audit by Quality, which takes up to 8 weeks.

## Software and services

- Software needs the security check of the Service Desk before the order.
- Contracts with a term of more than 24 months are signed by Legal.
- Consultants are ordered through Purchasing, whatever the value.

## Emergencies

When production stands still, the plant manager may order up to 8,000 EUR without quotes and without further
approval. The plant manager reports an emergency order to the CFO within 2 working days. Bad planning is not an
emergency.

## Payment

Suppliers are paid 30 days after the invoice, in the payment run on Wednesday. Small suppliers with fewer than
10 employees may ask for payment after 14 days. Payment in advance needs the approval of the CFO, unless the
amount is below 1,000 EUR.

## Inventory

Equipment worth more than 800 EUR receives an inventory label from Facilities. Equipment is sold or thrown away
only after Finance has removed it from the inventory.
"""

WARRANTY = """
This warranty is given by Dunvarra Instruments to customers who bought a Sorrel product from Dunvarra or from
an authorised dealer. The legal rights of consumers remain as they are.

## How long the warranty lasts

| Product | Warranty | With registration |
| Sorrel Sense | 3 years | 4 years |
| Sorrel Flow | 2 years | 4 years |
| Sorrel Bridge | 3 years | 5 years |
| Power supply | 2 years | 2 years |
| Filters and batteries | none | none |

The warranty begins on the day of delivery. Register the product in the Dunvarra Rooms app within 60 days of
delivery to receive the longer warranty. A repaired or replaced product is covered for the rest of the warranty,
and for at least 6 months.

## What the warranty covers

The warranty covers faults in material and workmanship. Dunvarra repairs or replaces the product free of charge,
and chooses which of the two.

## What the warranty does not cover

- Damage from falls, liquids, lightning or use outdoors
- Products that have been opened, the lid of Sorrel Flow excepted
- Scratches and discoloured housings
- Damage caused by filters or power supplies of another make
- Products with a serial number that cannot be read

Damage from leaking batteries is not covered, unless the leaking batteries came with the product and are less
than 12 months old.

## Making a claim

1. Note the serial number and the error code.
2. Contact customer support and describe the fault.
3. Upload the invoice when support asks for it.
4. Print the free return label and pack the product well; the original box is not needed.
5. Release the product from your account in the app.

Dunvarra repairs or replaces a product within 10 working days of its arrival. Customers with the Care contract
receive a loan unit on the next working day.

## Where the warranty applies

The warranty applies in the European Union, the United Kingdom, Switzerland, Norway, the United States and
Canada. In all other countries the dealer handles the claim.

## Selling a product

The warranty passes to a new owner, if the new owner can show the original invoice. The longer warranty from a
registration passes on as well.

## Repairs after the warranty

| Product | Flat price of a repair |
| Sorrel Sense | 49 EUR |
| Sorrel Flow | 95 EUR |
| Sorrel Bridge | 65 EUR |

A repair after the warranty is covered for 12 months. Dunvarra keeps spare parts and filters for 7 years after a
product was last sold.

## Returning a purchase

Products bought in the Dunvarra web shop can be returned within 30 days of delivery without giving a reason.
Opened filters cannot be returned. The buyer pays the postage of a return, unless the product was faulty.
"""

SPECIFICATIONS = """
This chapter lists the technical data of Sorrel Sense, Sorrel Flow and Sorrel Bridge.

## Size and weight

| Product | Size | Weight |
| Sorrel Sense | 92 x 92 x 28 mm | 168 g with batteries |
| Sorrel Flow | 310 x 310 x 540 mm | 7.4 kg with filter |
| Sorrel Bridge | 118 x 118 x 34 mm | 240 g |

## Sensors

| Reading | Range | Accuracy |
| CO2 | 400 to 5,000 ppm | 40 ppm plus 3 % of the reading |
| Temperature | 0 to 50 degrees Celsius | 0.3 degrees |
| Relative humidity | 0 to 100 % | 2 percentage points |
| Noise | 30 to 100 decibels | 2 decibels |
| Fine dust PM2.5 (Sorrel Flow only) | 0 to 500 micrograms per cubic metre | 5 micrograms plus 10 % of the reading |

## Power

Sorrel Sense runs on two lithium AA batteries or on USB-C with 5 V and 0.5 A. Sorrel Flow needs its 24 V power
supply and takes 0.9 W in standby. Sorrel Bridge is powered over the network cable (PoE, class 1) or over USB-C.

## Fan speeds of Sorrel Flow

| Speed | Clean air | Noise | Power |
| 1 | 60 cubic metres an hour | 24 decibels | 5 W |
| 2 | 110 cubic metres an hour | 31 decibels | 9 W |
| 3 | 170 cubic metres an hour | 38 decibels | 15 W |
| 4 | 240 cubic metres an hour | 45 decibels | 24 W |
| 5 | 320 cubic metres an hour | 52 decibels | 34 W |

The filter of Sorrel Flow combines a pre-filter mesh, a particle filter of class H13 and 400 g of
activated carbon.

## Radio and network

- The radio link between units and Sorrel Bridge uses 868 MHz in Europe and 915 MHz in North America.
- Wi-Fi: 2.4 GHz, standards b, g and n
- Bluetooth: version 5.2, used for pairing only
- Network port of Sorrel Bridge: 100 Mbit/s, fixed address or DHCP

## Data protection

Readings are encrypted with TLS 1.3 on their way to the server. The servers stand in Ireland and in the
Netherlands, for customers in North America in Canada. Each unit has a key of its own, which cannot be read
from outside.

## Approvals

Sorrel products carry the CE and UKCA marks, and the FCC and ISED marks in North America. The declaration of
conformity is available from customer support.
"""

SOURCES = (
    Source(
        "handbook/expenses.pdf",
        "Expense claims",
        HANDBOOK,
        "Owner: Finance. Valid from 1 January 2026.",
        EXPENSES,
        ((1, 1), (3, 3, 5)),
    ),
    Source(
        "handbook/data-classification.pdf",
        "Data classification and handling",
        HANDBOOK,
        "Owner: Security Team. Valid from 1 March 2026.",
        CLASSIFICATION,
        ((2, 5, 4), (3, 4, 5, 5), (2, 1)),
    ),
    Source(
        "handbook/health-plan.pdf",
        "Health plan: Core and Plus",
        HANDBOOK,
        "Owner: People Team. Valid from 1 January 2026.",
        HEALTH,
        ((1, 1, 1), (4, 5, 6), (2, 1, 1)),
    ),
    Source(
        "handbook/code-of-conduct.pdf",
        "Code of conduct",
        HANDBOOK,
        "Owner: Compliance. Valid from 1 September 2025.",
        CONDUCT,
        ((3, 4), (2, 2, 1)),
    ),
    Source(
        "handbook/pension.docx",
        "Pension plan",
        HANDBOOK,
        "Owner: People Team. Valid from 1 April 2026.",
        PENSION,
    ),
    Source(
        "handbook/onboarding.docx",
        "Onboarding and probation",
        HANDBOOK,
        "Owner: People Team. Last changed on 15 June 2026.",
        ONBOARDING,
        ((3, 3, 1),),
    ),
    Source(
        "handbook/shift-work.docx",
        "Shift work at Millfield",
        HANDBOOK,
        "Owner: Plant management. Valid from 1 May 2026.",
        SHIFTS,
    ),
    Source(
        "handbook/purchasing.docx",
        "Purchasing rules",
        HANDBOOK,
        "Owner: Finance. Valid from 1 January 2026.",
        PURCHASING,
    ),
    Source(
        "manual/warranty.pdf",
        "Warranty and repairs",
        MANUAL,
        "Chapter 11 of the Sorrel manual, edition of April 2026.",
        WARRANTY,
        ((1, 1, 1), (1, 1)),
    ),
    Source(
        "manual/specifications.docx",
        "Specifications",
        MANUAL,
        "Chapter 9 of the Sorrel manual, edition of April 2026.",
        SPECIFICATIONS,
        ((2, 2, 2), (3, 3, 3), (1, 3, 2, 1)),
    ),
)


def write_all(folder: Path = SAMPLE) -> list[Path]:
    """Writes every document below `folder` and returns the paths."""
    writers: dict[str, Callable[[Source, Path], None]] = {".pdf": write_pdf, ".docx": write_docx}
    written = []
    for source in SOURCES:
        path = folder / source.path
        path.parent.mkdir(parents=True, exist_ok=True)
        writers[path.suffix](source, path)
        written.append(path)
    return written


if __name__ == "__main__":
    for written_path in write_all():
        print(written_path.relative_to(SAMPLE))
