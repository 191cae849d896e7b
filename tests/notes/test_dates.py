"""The date of a note."""

import pytest

from matcher.notes import dates


@pytest.mark.parametrize(
    ("written", "start", "end"),
    [
        ("2024-02-12", "2024-02-12", "2024-02-12"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("02/12/2024", "2024-02-12", "2024-02-12"),
        ("13/02/2024", "2024-02-13", "2024-02-13"),
        ("2/3/99", "1999-02-03", "1999-02-03"),
        ("March 2019", "2019-03-01", "2019-03-31"),
        ("March 5th, 2019", "2019-03-05", "2019-03-05"),
        ("5 Mar 2019", "2019-03-05", "2019-03-05"),
        ("20240212", "2024-02-12", "2024-02-12"),
        ("2024-02-12T08:30:00", "2024-02-12", "2024-02-12"),
    ],
)
def test_usual_spellings(written, start, end):
    found = dates.parse(written)
    assert (found.start.isoformat(), found.end.isoformat()) == (start, end)


@pytest.mark.parametrize("written", ["", "soon", "2024-13-01", "31/31/2024", "MM/DD/YYYY"])
def test_what_is_no_date(written):
    assert dates.parse(written) is None


@pytest.mark.parametrize(
    ("stem", "text", "day"),
    [
        ("2024-02-12_clinic", "Date: 2020-01-01", "2024-02-12"),
        ("note", "CLINIC\nDate of visit: 03/04/2021\n", "2021-03-04"),
        ("note", "Seen on the date: never", None),
        ("note", "DISCHARGE SUMMARY\nAdmission date: 02/03/2025   Discharge date: 02/09/2025", "2025-02-09"),
        ("note", "Assessment: stable.\nDate of service 03/05/2025", "2025-03-05"),
        ("note", "Pulmonary clinic, 12 March 2024\n\n67-year-old man, COPD since 2015.", "2024-03-12"),
        ("note", "ONCOLOGY FOLLOW-UP\n03/12/2024 10:30 AM\nMs. X returns.", "2024-03-12"),
        ("note", "58 yo F with emphysema, seen 02/20/2024. Next visit 05/20/2024.", "2024-02-20"),
        ("note", "Patient was seen in clinic on 2024-02-20 for follow-up.", "2024-02-20"),
        ("note", "DOB: 03/12/1950\nChest pain.", None),
        ("note", "Admitted with pneumonia 3/12/2019 and again 4/1/2021.", None),
        ("note", "Status post CABG on 3/12/2019.\nNow chest pain.", None),
        ("note", "Surgery 03/12/2019\nDoing well.", None),
        ("p07", "x" * 3000 + "\nDate: 2020-01-01", None),
        ("p1", "Discharge Summary\nAdmit: 5/2/2024   Discharge: 5/9/2024\nPt: 48 yo F", "2024-05-09"),
        ("p1", "ADMISSION DATE: 01/02/2023\nDISCHARGE DATE: 01/10/2023\n", "2023-01-10"),
        ("p1", "Date of visit: 03/04/2021\nAdmitted 22/03/2021.", "2021-04-03"),
        ("p1", "Discharge Summary\nAdmitted 22/05/2024  Discharged 03/06/2024", "2024-06-03"),
        ("p1", "Headache clinic 18.3.2024\n38-year-old teacher.", "2024-03-18"),
        ("p1", "Problem list\nHypertension\n\nLast reviewed 06/24/2024. Female.", "2024-06-24"),
    ],
)
def test_file_name_before_header(stem, text, day):
    found = dates.of_note(stem, text)
    assert (found.start.isoformat() if found else None) == day
