// Every page in Chromium: by axe-core, by keyboard, at two widths, in each language and both colour schemes. Only axe
// itself needs JavaScript; forms are filled in and sent, and the keyboard is tried, without. Reads {base, chromium,
// shots, people, pages} as JSON from standard input, prints TAP.
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const input = JSON.parse(readFileSync(0, 'utf8'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const languages = { en: 'en-GB', ko: 'ko-KR', ja: 'ja-JP' };
const widths = [360, 1280];
let count = 0;

function ok(good, what, why) {
    count += 1;
    console.log(`${good ? 'ok' : 'not ok'} ${count} - ${what.replace(/#/g, '')}`);
    if (!good && why) {
        console.log(String(why).replace(/^/gm, '# '));
    }
}

// ---- what must hold on any page ----

async function judge(page, name) {
    const violations = await page.evaluate(async (source) => {
        (0, eval)(source);
        const result = await globalThis.axe.run(document, { resultTypes: ['violations'] });
        return result.violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => n.html).join('\n')}`);
    }, axe);
    ok(violations.length === 0, `${name}: no violation`, violations.join('\n'));
    const scroll = await page.evaluate(() => document.scrollingElement.scrollWidth - innerWidth);
    ok(scroll <= 0, `${name}: nothing is wider than the page`, `${scroll} pixels more`);
}

// All that can be used is reached by Tab, wherever the page began, and shows that it has the focus. Past the last one
// is the browser's own frame: -1.
async function tabThrough(page, name) {
    const reached = await page.evaluate(() => {
        const usable = 'a[href], button, input:not([type=hidden]), select, textarea, summary';
        const all = [...document.querySelectorAll(usable)];
        globalThis.wanted = all.filter((e) => !e.disabled && e.tabIndex >= 0 && e.getClientRects().length);
        document.activeElement.blur();
        return globalThis.wanted.length;
    });
    const order = [];
    let plain = 0;
    for (let i = 0; i < reached + 2; i += 1) {
        await page.keyboard.press('Tab');
        const at = await page.evaluate(() => {
            const e = document.activeElement;
            const style = getComputedStyle(e);
            const shown = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2;
            return { index: globalThis.wanted.indexOf(e), shown };
        });
        order.push(at.index);
        plain += at.shown || at.index < 0 ? 0 : 1;
    }
    const expected = [...Array(reached).keys()];
    ok(expected.every((index) => order.includes(index)), `${name}: Tab reaches everything`, order.join(' '));
    ok(plain === 0, `${name}: and shows where it is`, `${plain} without an outline`);
}

// ---- pages: each is brought about by steps ----

async function run(steps, page) {
    for (const [what, where, value] of steps) {
        if (what === 'open') {
            await page.goto(input.base + where);
        } else if (what === 'fill') {
            await page.fill(where, value);
        } else if (what === 'check') {
            await page.check(where);
        } else if (what === 'press') {
            await page.click(where);
        } else {
            throw new Error(`no step ${what}`);
        }
    }
}

async function openWindow(browser, language, width, scheme, javaScriptEnabled) {
    const context = await browser.newContext({ locale: languages[language], viewport: { width, height: 800 },
        colorScheme: scheme, javaScriptEnabled });
    const page = await context.newPage();
    page.setDefaultTimeout(60000);
    return { context, page };
}

// Each scene begins as a stranger.
async function bringAbout(seen, scene, name) {
    try {
        await seen.context.clearCookies();
        await run(scene.steps, seen.page);
        if (!await seen.page.locator(scene.sees).count()) {
            throw new Error(`there is no ${scene.sees}: ${await seen.page.textContent('main')}`);
        }
        return true;
    } catch (error) {
        ok(false, `${name} is brought about`, error);
        return false;
    }
}

async function shoot(page, name) {
    if (input.shots) {
        mkdirSync(input.shots, { recursive: true });
        await page.screenshot({ path: `${input.shots}/${name}.png`, fullPage: true });
    }
}

async function everyPage(browser, language, width) {
    const seen = await openWindow(browser, language, width, 'light', true);
    for (const scene of input.pages) {
        const name = `${scene.name}, ${language}, ${width}`;
        if (await bringAbout(seen, scene, name)) {
            const lang = await seen.page.getAttribute('html', 'lang');
            ok(lang === language, `${name}: in the language`, lang);
            await judge(seen.page, name);
            await shoot(seen.page, `${scene.name}-${language}-${width}`);
        }
    }
    await seen.context.close();
}

async function inTheDark(browser) {
    const seen = await openWindow(browser, 'en', 1280, 'dark', true);
    for (const scene of input.pages) {
        if (await bringAbout(seen, scene, `${scene.name}, dark`)) {
            await judge(seen.page, `${scene.name}, dark`);
            await shoot(seen.page, `${scene.name}-dark`);
        }
    }
    await seen.context.close();
}

async function withoutJavaScript(browser) {
    const seen = await openWindow(browser, 'en', 360, 'light', false);
    for (const scene of input.pages) {
        if (await bringAbout(seen, scene, `${scene.name}, no JavaScript`)) {
            await tabThrough(seen.page, `${scene.name}, no JavaScript`);
        }
    }
    await seen.context.close();
}

// ---- signing in and out with the keyboard alone ----

async function typeInto(page, id, text) {
    for (let i = 0; i < 20; i += 1) {
        if (await page.evaluate(() => document.activeElement.id) === id) {
            await page.keyboard.type(text);
            return true;
        }
        await page.keyboard.press('Tab');
    }
    return false;
}

async function send(page) {
    await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

async function byKeyboard(browser) {
    const { context, page } = await openWindow(browser, 'en', 1280, 'light', false);
    const { name, password } = input.people.c1;
    const heading = () => page.textContent('h1');
    await page.goto(`${input.base}/account`);
    ok(await typeInto(page, 'name', name), 'keyboard: the name is reached');
    await send(page);
    ok(await page.evaluate(() => document.activeElement.className) === 'problems',
        'keyboard: what is wrong takes the focus');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    ok(await page.evaluate(() => document.activeElement.id) === 'password', 'keyboard: and leads to the field');
    await page.keyboard.type(password);
    await send(page);
    ok(await heading() === 'Your account', 'keyboard: signed in');
    await page.keyboard.press('Tab');
    ok(await page.evaluate(() => document.activeElement.className) === 'skip', 'keyboard: the frame can be skipped');
    await page.goto(`${input.base}/account/signout`);
    await page.focus('main button');
    await send(page);
    ok(await heading() === 'Sign in', 'keyboard: signed out');
    await context.close();
}

// A page that never answers must not hold the suite for ever.
setTimeout(() => {
    console.log('Bail out! The browser was too slow.');
    process.exit(1);
}, 900000).unref();

const browser = await chromium.launch({ executablePath: input.chromium, headless: true,
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'] });
try {
    for (const language of Object.keys(languages)) {
        for (const width of widths) {
            await everyPage(browser, language, width);
        }
    }
    await inTheDark(browser);
    await withoutJavaScript(browser);
    await byKeyboard(browser);
} finally {
    await browser.close();
}
console.log(`1..${count}`);
